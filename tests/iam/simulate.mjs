// Another implementation's answers: one simulation a line comes in, one word a line goes out.
import { createInterface } from 'node:readline'
import { runSimulation } from '@cloud-copilot/iam-simulate'

for await (const line of createInterface({ input: process.stdin })) {
  const { resultType, errors, overallResult, result } = await runSimulation(JSON.parse(line), {})
  const isHeard = resultType === 'single' && result.ignoredContextKeys.length === 0
  console.log(isHeard ? overallResult : JSON.stringify({ errors, result }))
}
