import "@mantine/core/styles.css";
import "../style/app.css";
import { createRoot } from "react-dom/client";
import { App } from "./App";

const place = document.getElementById("page");
if (place) createRoot(place).render(<App />);
