# Each rule for the language itself. Rules about what AWS offers are a plugin that
# is fetched from elsewhere; the parsed sources are held to rules of our own.
plugin "terraform" {
  enabled = true
  preset  = "all"
}
