"""One conversation over HTTP: messages, the flow that exchanges them, retries, deadlines, tokens and refusals."""
