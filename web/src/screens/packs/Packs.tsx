export default function Packs() {
  return null;
}
