// The look: one calm teal, large plain text, nothing that moves without need.
import { createTheme, type MantineColorsTuple } from "@mantine/core";

const teal: MantineColorsTuple = [
  "#e6f5f7", "#cfe7eb", "#a3d0d7", "#72b7c2", "#4aa2b0", "#2f94a4", "#1c7f8f", "#0b6a7a", "#0b5c6b", "#064a57",
];

// No <style> element may be made in the page (Content-Security-Policy): no scroll lock, no responsive style props.
// Nothing fades: what was closed is gone at once, and cannot be pressed or heard any more.
const still = { transitionProps: { duration: 0 } };
const overlay = { defaultProps: { ...still, lockScroll: false } };

export const theme = createTheme({
  primaryColor: "teal",
  primaryShade: { light: 8, dark: 7 },
  autoContrast: true,
  colors: { teal },
  fontFamily:
    'system-ui, "Hiragino Sans", "Yu Gothic UI", "BIZ UDPGothic", "Noto Sans CJK JP", "Noto Sans JP", Meiryo, sans-serif',
  fontFamilyMonospace: 'ui-monospace, "Cascadia Mono", Consolas, "BIZ UDGothic", "Noto Sans Mono CJK JP", monospace',
  defaultRadius: "sm",
  cursorType: "pointer",
  components: {
    // what is asked for is needed; the few fields that are not say so in words
    InputWrapper: { defaultProps: { withAsterisk: false } },
    Modal: overlay,
    Drawer: overlay,
    Menu: { defaultProps: { ...still, shadow: "md", withinPortal: true } },
    Popover: { defaultProps: still },
  },
});
