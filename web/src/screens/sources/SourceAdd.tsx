export default function SourceAdd() {
  return null;
}
