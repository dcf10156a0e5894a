package words

import "strings"

// shellSafe are the characters to which a POSIX shell gives no meaning, wherever
// in a word they are.
const shellSafe = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:@%+=,"

// ShellWord writes a text as one word of a command line, in quotes if it needs
// them.
func ShellWord(text string) string {
	if text != "" && strings.Trim(text, shellSafe) == "" {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}
