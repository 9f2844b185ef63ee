/** The part of each completion script that does not depend on the commands; between head and body stand the look-ups. */
interface Driver {
  readonly head: string;
  readonly body: string;
}

// The three drivers do the same: follow the words before the cursor to a command, note an option that still wants its
// value, count the arguments; then offer values, or options after a dash, or subcommands and arguments.

/** Completion for bash 3.2 and later. */
export const BASH_DRIVER: Driver = {
  head: `# bash completion for mreg. Load it with:  source <(mreg completion bash)
# Works with bash 3.2 and later.
`,
  body: `__mreg_keep() {
  local line word
  while IFS= read -r line; do
    word=\${line%%$'\\t'*}
    [[ $word == "$1"* ]] && COMPREPLY+=("$word")
  done
}

# Names come from a repository that others write to, and what is offered lands on a command line: plain names only.
__mreg_names() {
  local line
  command mreg complete "$1" 2>/dev/null | while IFS= read -r line; do
    [[ $line =~ ^[a-z0-9][a-z0-9@/_-]*$ ]] && printf '%s\\n' "$line"
  done
}

__mreg_offer() {
  case "$1" in
    file) compopt -o filenames 2>/dev/null; __mreg_keep "$2" < <(compgen -f -- "$2") ;;
    directory) compopt -o filenames 2>/dev/null; __mreg_keep "$2" < <(compgen -d -- "$2") ;;
    model|reference|stage) __mreg_keep "$2" < <(__mreg_names "$1s") ;;
    list\\ *) __mreg_keep "$2" < <(printf '%s\\n' \${1#list }) ;;
  esac
}

_mreg() {
  local IFS=$' \\t\\n' line=\${COMP_LINE:0:COMP_POINT} node='' wants='' plain='' places=0 current next word i
  local -a words
  # Split at blanks alone: bash itself also splits at @ and =, which references and options contain.
  read -r -a words <<< "$line"
  [[ $line == *[[:blank:]] ]] && words+=('')
  current=\${words[\${#words[@]} - 1]}
  COMPREPLY=()
  for ((i = 1; i < \${#words[@]} - 1; i++)); do
    word=\${words[i]}
    if [[ -n $wants ]]; then wants=''
    elif [[ -z $plain && $word == -- ]]; then plain=1
    elif [[ -z $plain && $word == --*=* ]]; then continue
    elif [[ -z $plain && $word == -* ]]; then wants=$(__mreg_takes "$node $word")
    elif next=$(__mreg_path "\${node:+$node }$word"); then node=$next
    else places=$((places + 1))
    fi
  done
  if [[ -n $wants ]]; then __mreg_offer "$wants" "$current"
  elif [[ -z $plain && $current == --*=* ]]; then
    __mreg_offer "$(__mreg_takes "$node \${current%%=*}")" "\${current#*=}"
    COMPREPLY=("\${COMPREPLY[@]/#/\${current%%=*}=}")
    [[ \${COMPREPLY[*]} == "\${current%%=*}=" ]] && COMPREPLY=()
  elif [[ -z $plain && $current == -* ]]; then __mreg_keep "$current" < <(__mreg_flags "$node")
  else
    __mreg_keep "$current" < <(__mreg_children "$node")
    __mreg_offer "$(__mreg_argument "$node $((places + 1))")" "$current"
  fi
  # Readline replaces only what follows the last of its own word breaks.
  local break cut=''
  for break in '@' '=' ':'; do
    [[ $COMP_WORDBREAKS == *"$break"* && $current == *"$break"* ]] || continue
    word=\${current%"\${current##*"$break"}"}
    (( \${#word} > \${#cut} )) && cut=$word
  done
  for i in "\${!COMPREPLY[@]}"; do COMPREPLY[i]=\${COMPREPLY[i]#"$cut"}; done
}

complete -o default -F _mreg mreg
`,
};

/** Completion for zsh, sourced or from a folder of `$fpath`. */
export const ZSH_DRIVER: Driver = {
  head: `#compdef mreg
# zsh completion for mreg. Load it with:  source <(mreg completion zsh)
# or save it as _mreg in a folder of $fpath.
`,
  body: `__mreg_describe() {
  local word text
  local -a items
  while IFS=$'\\t' read -r word text; do items+=("\${word//:/\\\\:}:$text"); done
  (( $#items )) && _describe -t "$1" "$1" items
}

__mreg_offer() {
  local -a names
  case "$1" in
    file) _files ;;
    directory) _files -/ ;;
    model|reference|stage) names=("\${(@f)$(command mreg complete "$1s" 2>/dev/null)}"); compadd -- \${names:#} ;;
    list\\ *) compadd -- \${=1#list } ;;
  esac
}

_mreg() {
  local node='' wants='' plain='' next word
  local -i places=0 i
  for ((i = 2; i < CURRENT; i++)); do
    word=$words[i]
    if [[ -n $wants ]]; then wants=''
    elif [[ -z $plain && $word == -- ]]; then plain=1
    elif [[ -z $plain && $word == --*=* ]]; then continue
    elif [[ -z $plain && $word == -* ]]; then wants=$(__mreg_takes "$node $word")
    elif next=$(__mreg_path "\${node:+$node }$word"); then node=$next
    else places+=1
    fi
  done
  word=$words[CURRENT]
  if [[ -n $wants ]]; then __mreg_offer "$wants"
  elif [[ -z $plain && $word == --*=* ]]; then
    wants=$(__mreg_takes "$node \${word%%=*}")
    compset -P '*='
    __mreg_offer "$wants"
  elif [[ -z $plain && $word == -* ]]; then __mreg_flags "$node" | __mreg_describe option
  else
    __mreg_children "$node" | __mreg_describe command
    __mreg_offer "$(__mreg_argument "$node $((places + 1))")"
  fi
}

if [[ $funcstack[1] == _mreg ]]; then _mreg "$@"; else compdef _mreg mreg; fi
`,
};

/** Completion for fish 3 and later. */
export const FISH_DRIVER: Driver = {
  head: `# fish completion for mreg. Load it with:  mreg completion fish | source
`,
  body: `function __mreg_offer
  switch $argv[1]
    case file
      __fish_complete_path $argv[2]
    case directory
      __fish_complete_directories $argv[2]
    case model reference stage
      command mreg complete $argv[1]s 2>/dev/null
    case 'list *'
      string split ' ' -- (string replace 'list ' '' -- $argv[1])
  end
end

function __mreg_complete
  set -l before (commandline -opc)
  set -l current (commandline -ct)
  set -l node ''
  set -l wants ''
  set -l plain ''
  set -l places 0
  for word in $before[2..-1]
    if test -n "$wants"
      set wants ''
    else if test -z "$plain" -a "x$word" = x--
      set plain 1
    else if test -z "$plain"; and string match -q -- '--*=*' $word
      continue
    else if test -z "$plain"; and string match -q -- '-*' $word
      set wants (__mreg_takes "$node $word")
    else if set -l next (__mreg_path (string trim -- "$node $word"))
      set node $next
    else
      set places (math $places + 1)
    end
  end
  if test -n "$wants"
    __mreg_offer $wants "$current"
  else if test -z "$plain"; and string match -q -- '--*=*' $current
    set -l parts (string split -m 1 -- = $current)
    set wants (__mreg_takes "$node $parts[1]")
    test -n "$wants"; and __mreg_offer $wants "$parts[2]" | string replace -r -- '^' "$parts[1]="
  else if test -z "$plain"; and string match -q -- '-*' $current
    __mreg_flags "$node"
  else
    __mreg_children "$node"
    set wants (__mreg_argument "$node "(math $places + 1))
    test -n "$wants"; and __mreg_offer $wants "$current"
  end
end

complete -c mreg -f -a '(__mreg_complete)'
`,
};
