/* Asks the server, through Gradio's queue: one request hands the messages in, another streams what comes of them. */

export class AskError extends Error {
  /** @param {string} problem a name below chat.problems of the words */
  constructor(problem) {
    super(problem);
    this.problem = problem;
  }
}

const reached = async (address, options) => {
  try {
    return await fetch(address, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new AskError("network");
  }
};

const parsed = (data) => {
  try {
    return JSON.parse(data);
  } catch {
    throw new AskError("broken");
  }
};

/** The events of a stream, as [name, data]. */
async function* events(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let waiting = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    waiting += value.replaceAll("\r\n", "\n");
    const blocks = waiting.split("\n\n");
    waiting = blocks.pop();
    for (const block of blocks) {
      const field = (name) => block.split("\n").filter((line) => line.startsWith(`${name}:`)).map((line) => line.slice(name.length + 1).trim()).join("\n");
      yield [field("event"), field("data")];
    }
  }
}

/**
 * Asks for the reply to the last of the messages.
 * @param {string[]} turns the runner's messages, oldest first
 * @param {string} conversation names the conversation
 * @param {(part: {reply?: object, next?: string[]}) => void} take is given each part as it comes
 * @param {AbortSignal} signal stops it
 */
export const ask = async (turns, conversation, take, signal) => {
  const begun = await reached("/api/gradio_api/call/answer", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ data: [turns, conversation] }),
    signal,
  });
  if (!begun.ok) throw new AskError(begun.status === 503 ? "busy" : "broken");
  const { event_id: id } = await begun.json().catch(() => ({}));
  if (!id) throw new AskError("broken");
  const stream = await reached(`/api/gradio_api/call/answer/${encodeURIComponent(id)}`, { signal });
  if (!stream.ok) throw new AskError("broken");
  let complete = false;
  try {
    for await (const [event, data] of events(stream)) {
      if (event === "error") throw new AskError("broken");
      if (event === "complete") return;
      if (event !== "generating") continue;
      const [part] = parsed(data);
      if (part.problem) throw new AskError(part.problem);
      complete ||= part.reply?.complete ?? false;
      take(part);
    }
  } catch (error) {
    if (error instanceof AskError || error.name === "AbortError") throw error;
    throw new AskError("network");
  }
  if (!complete) throw new AskError("network");
};
