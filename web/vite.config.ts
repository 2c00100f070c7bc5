import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// The server's Content-Security-Policy allows files of its own only: nothing is inlined.
export default defineConfig({
  plugins: [react()],
  build: {
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    cssCodeSplit: true,
    sourcemap: false,
    rollupOptions: {
      output: {
        manualChunks(id) {
          if (/node_modules\/(react|react-dom|scheduler)\//.test(id)) return "react";
          return undefined;
        },
      },
    },
  },
  // While writing: `npx vite` beside a running `akashi serve`.
  server: { proxy: { "/api": "http://127.0.0.1:8080" } },
});
