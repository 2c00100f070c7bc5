export default function Keep() {
  return null;
}
