import { defineConfig } from "@playwright/test"

const { PAGE_PORT = "5173", MOCK_PORT = "8787", CHROMIUM } = process.env

export const MOCK = `http://127.0.0.1:${MOCK_PORT}`
const PAGE = `http://localhost:${PAGE_PORT}`

export default defineConfig({
    testDir: "tests",
    fullyParallel: true,
    use: { baseURL: PAGE, launchOptions: { executablePath: CHROMIUM } },
    webServer: [
        { command: `npm run dev -- --port ${PAGE_PORT} --strictPort`, url: PAGE },
        { command: `streamproof mock --port ${MOCK_PORT}`, url: `${MOCK}/healthz` },
    ],
})
