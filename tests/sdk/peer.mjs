// npm's @aws-sdk/client-kms, for tests/sdk/clients.py.
//
// One line of JSON comes in for each call: the operation, the Region, the input. One goes out: the
// output, or the name of the error. Bytes are {"$bytes": base64}, times {"$time": seconds}. The
// client finds its credentials and the endpoint in the environment by itself.

import { createInterface } from "node:readline";

import * as kms from "@aws-sdk/client-kms";

const clients = new Map();

function client(region) {
  if (!clients.has(region)) {
    clients.set(region, new kms.KMSClient({ region, maxAttempts: 1 }));
  }
  return clients.get(region);
}

async function answer({ operation, region, input }) {
  try {
    const command = new kms[`${operation}Command`](input);
    const { $metadata, ...output } = await client(region).send(command);
    return { output: tagged(output) };
  } catch (error) {
    // Those that the model knows are classes; some that all services share are not.
    const known = kms[error.name] ?? kms.KMSServiceException;
    if (!(error instanceof known)) throw error;
    return { error: error.name };
  }
}

function tagged(value) {
  if (value instanceof Uint8Array) return { $bytes: Buffer.from(value).toString("base64") };
  if (value instanceof Date) return { $time: value.getTime() / 1000 };
  if (Array.isArray(value)) return value.map(tagged);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, tagged(member)]));
}

function untagged(_, value) {
  if (value?.$bytes !== undefined) return Buffer.from(value.$bytes, "base64");
  if (value?.$time !== undefined) return new Date(value.$time * 1000);
  return value;
}

for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(await answer(JSON.parse(line, untagged))));
}
