import { test as base, expect, type Page } from "@playwright/test"

import { MOCK } from "../playwright.config"

type Mock = {
    /** Answer every message of the page with a scenario. */
    play(scenario: string): Promise<void>
    /** Wait for a hold, and release it. */
    release(): Promise<void>
    /** Wait for a hold, and reset the connection. */
    reset(): Promise<void>
}

// The ID of a test is also its run: each test sees only its own streams, so tests run in parallel.
const test = base.extend<{ mock: Mock }>({
    mock: async ({ page, request }, use, { testId }) => {
        const run = `${MOCK}/run/${testId}`

        async function control(action: string, data?: object) {
            const held = await request.get(`${run}/__mock/wait?held=true`)
            const [{ number }] = (await held.json()).entries
            await request.post(`${run}/__mock/streams/${number}/${action}`, { data })
        }
        await use({
            play: (scenario) =>
                page.route("**/api/chat/*/stream", (route) =>
                    route.continue({ url: `${run}/s/${scenario}/chat` }),
                ),
            release: () => control("release"),
            reset: () => control("drop", { by: "rst" }),
        })
    },
})

test.beforeEach(async ({ page }) => {
    const history = { messages: [], nextCursor: null }
    await page.route("**/api/chat/*/messages", (route) => route.fulfill({ json: history }))
    await page.goto("/")
})

async function ask(page: Page) {
    await page.getByLabel("Question").fill("How many days?")
    await page.getByRole("button", { name: "Send" }).click()
}

test("the answer grows while it streams", async ({ page, mock }) => {
    await mock.play("held-between-two-tokens")
    await ask(page)
    await expect(page.getByText("Twelve days", { exact: true })).toBeVisible()
    await expect(page.getByRole("status")).toHaveText("Answering …")
    await mock.release()
    await expect(page.getByText("Twelve days a year.")).toBeVisible()
    await expect(page.getByRole("status")).toHaveText("The answer is stored.")
})

test("a lost connection keeps the text and enables the button", async ({ page, mock }) => {
    await mock.play("held-between-two-tokens")
    await ask(page)
    await expect(page.getByText("Twelve days", { exact: true })).toBeVisible()
    await mock.reset()
    await expect(page.getByRole("status")).toHaveText("The answer is not complete.")
    await expect(page.getByText("Twelve days", { exact: true })).toBeVisible()
    await expect(page.getByRole("button", { name: "Send" })).toBeEnabled()
})

for (const scenario of ["end-missing", "status-503", "json-with-200"]) {
    test(`${scenario} is not a complete answer`, async ({ page, mock }) => {
        await mock.play(scenario)
        await ask(page)
        await expect(page.getByRole("status")).toHaveText("The answer is not complete.")
    })
}
