export default function Nowhere() {
  return null;
}
