/** The page of the System Calls view: its fixed parts. Nothing of a program is in it; the script adds that as text. */

interface Parts {
  readonly nonce: string;
  /** What the content security policy calls the extension's own files. */
  readonly source: string;
  readonly script: string;
  readonly style: string;
}

export function viewHtml({ nonce, source, script, style }: Parts): string {
  const policy = [
    "default-src 'none'",
    `style-src ${source} 'nonce-${nonce}'`,
    `script-src 'nonce-${nonce}'`,
    `font-src ${source}`,
  ].join('; ');
  return `<!DOCTYPE html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta http-equiv="Content-Security-Policy" content="${policy}">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>System Calls</title>
  <link rel="stylesheet" nonce="${nonce}" href="${style}">
</head>
<body data-vscode-context='{"preventDefaultContextMenuItems": true}'>
  <div id="tools" role="toolbar" aria-label="Which system calls are shown">
    <input id="calls" type="text" spellcheck="false" placeholder="Calls: openat,%network,!futex"
      aria-label="Calls: names and classes, separated by commas" title="Names, %classes, /expressions/ and ! in front of what is left out">
    <input id="text" type="text" spellcheck="false" placeholder="Search: text or /expression/"
      aria-label="Text that the line contains, or a regular expression between slashes">
    <select id="thread" aria-label="Thread"><option value="">All threads</option></select>
    <label><input id="failed" type="checkbox">Failed only</label>
    <label><input id="follow" type="checkbox" checked>Follow</label>
    <span id="count" role="status"></span>
  </div>
  <div id="rules" hidden></div>
  <div id="problem" role="alert" hidden></div>
  <div id="main">
    <div id="log">
      <div id="head" aria-hidden="true">
        <span class="time">Time (s)</span><span class="thread">Thread</span><span class="call">Call</span><span class="duration">Duration</span>
      </div>
      <div id="list" role="listbox" tabindex="0" aria-label="System calls">
        <div id="space"><div id="rows" role="presentation"></div></div>
      </div>
    </div>
    <div id="empty" hidden>
      <p id="hint"></p>
      <button id="start" type="button">Log System Calls…</button>
    </div>
    <section id="details" aria-label="The selected call" hidden>
      <div id="detailsHead"><code id="line"></code><button id="close" type="button" aria-label="Close">✕</button></div>
      <ol id="stack"></ol>
      <p id="stackNote" role="status"></p>
      <button id="keepStacks" type="button" hidden>Keep Stacks from Now On</button>
    </section>
  </div>
  <div id="open" role="status" hidden></div>
  <script nonce="${nonce}" src="${script}"></script>
</body>
</html>
`;
}
