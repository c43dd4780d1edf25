// Marking without a network, by the key in the bundle. This small client knows questions with options; the other kinds
// are marked by the rules in `BundleQuestion.answer` the same way. The server marks again, and its mark stands.

import type { BundleQuestion, Response } from "./generated/laerd-v1.ts";

/** Whether the response earns the whole score; `undefined` where this device cannot tell and waits for the server. */
export function mark(question: BundleQuestion, response: Response): boolean | undefined {
  if (response.kind === "reveal") return false;
  const key = question.answer?.key;
  if (key?.kind !== "choice" || response.kind !== "choice") return undefined;
  const chosen = new Set(response.options);
  const isAll = chosen.size === key.options.length && key.options.every((option) => chosen.has(option));
  // Part of the right options may be enough, where the author says so.
  return isAll || question.answer?.pass_at === 1 ? isAll : undefined;
}
