export default function RuleEditor() {
  return null;
}
