/** `pikaci completion`: prints what a shell needs to complete command lines. */
import { UserError } from "../model/user_error.ts";
import { command } from "./command.ts";

/**
 * Each script asks `pikaci complete` for the words that can stand next, one a
 * line, a description after a tab.
 */
const scripts: Readonly<Record<string, string>> = {
  bash: `_pikaci() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do
    COMPREPLY+=("\${line%%$'\\t'*}")
  done < <(pikaci complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o default -F _pikaci pikaci
`,
  zsh: `#compdef pikaci
_pikaci() {
  local line
  local -a words_found
  while IFS= read -r line; do
    words_found+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done < <(pikaci complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)
  if (( \${#words_found} )); then _describe pikaci words_found; else _files; fi
}
if [[ "\${funcstack[1]}" == _pikaci ]]; then _pikaci; else compdef _pikaci pikaci; fi
`,
  fish:
    `complete -c pikaci -f -a '(pikaci complete -- (commandline -opc)[2..] (commandline -ct) 2>/dev/null)'
`,
};

const shells = Object.keys(scripts);

export default command({
  positionals: {
    name: "SHELL",
    summary: `The shell: ${shells.join(", ")}`,
    min: 1,
    max: 1,
    complete: shells,
  },
  flags: {},
  examples: [
    [
      "pikaci completion bash > ~/.local/share/bash-completion/completions/pikaci",
      "For bash",
    ],
    ["pikaci completion zsh > ~/.zfunc/_pikaci", "For zsh, a folder of fpath"],
    [
      "pikaci completion fish > ~/.config/fish/completions/pikaci.fish",
      "For fish",
    ],
  ],
  async run({ positionals: [shell = ""] }, io) {
    const script = scripts[shell];
    if (script === undefined) {
      throw new UserError(
        `Cannot complete for shell "${shell}": it is one of ${
          shells.join(", ")
        }`,
      );
    }
    await io.out(script);
    return 0;
  },
});
