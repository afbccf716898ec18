"""Keys and trusted metadata on the host: ceremonies, signing, the repository's files.

`rules` says what a board takes, `changes` what comes next and who signs it, `folder` and
`repository` are the files. See docs/keys.md.
"""
