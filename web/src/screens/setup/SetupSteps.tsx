export default function SetupSteps() {
  return null;
}
