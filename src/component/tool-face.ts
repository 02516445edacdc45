// A tool as it looks from outside. Beside `version.ts`, which the compiler has no use for.

import type { ToolModel } from './tools.ts'
import type { ToolFace } from './version.ts'

/** Those of one component are a row together (`store/waiting.ts`): what they come to is bounded in `tools.ts`. */
export function faceOfTool(tool: ToolModel): ToolFace {
  const { name, title, description, inputSchema, outputSchema, provider } = tool
  return {
    name,
    description,
    schema: JSON.stringify({ title, inputSchema, outputSchema }),
    provider: provider === true,
  }
}
