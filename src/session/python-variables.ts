/** Names that a terminal or a shell sets anew each time: no setting of a project. */
const OF_THE_TERMINAL =
  /^(_|SHLVL|PWD|OLDPWD|WINDOWID|TERM_SESSION_ID|SSH_.*|XDG_SESSION_ID|TMUX.*|STY|VSCODE_.*|INVOCATION_ID|JOURNAL_STREAM)$/;
const LITERAL = /(?:\benviron(?:\.(?:get|pop|setdefault))?\s*[[(]|\bgetenv\s*\()\s*['"]([A-Za-z_][A-Za-z0-9_]*)['"]/g;
/** `"NAME" in os.environ`, and imports, which read nothing by themselves. */
const HARMLESS = /['"]([A-Za-z_][A-Za-z0-9_]*)['"]\s+(?:not\s+)?in\s+(?:os\.)?environ\b|^\s*from\s+os\s+import\b.*$/gm;
/** Libraries which make names of variables from names of fields, or that are called in too many ways. */
const BY_OTHER_NAMES = /\b(?:environ|getenv|BaseSettings|pydantic_settings|decouple|environs|dynaconf)\b/;

/**
 * The environment variables that Python code may read: those that it names; all there are when it reads them in a way that can't be seen in
 * its text, such as the fields of pydantic's `BaseSettings`. Then a variable too many makes data anew, and one too few would keep old data.
 */
export function pythonVariables(texts: readonly string[], environment: Readonly<Record<string, unknown>>): ReadonlySet<string> {
  const names = new Set<string>();
  for (const text of texts) {
    const note = (whole: string, name?: string) => {
      if (name) names.add(name);
      return ' '.repeat(whole.length);
    };
    const rest = text.replace(LITERAL, note).replace(HARMLESS, note);
    if (BY_OTHER_NAMES.test(rest)) for (const name of Object.keys(environment)) if (!OF_THE_TERMINAL.test(name)) names.add(name);
  }
  return names;
}
