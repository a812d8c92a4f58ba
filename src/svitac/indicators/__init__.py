"""Indicators: what others published about spyware, read from their files and looked for in records, offline.

`load.load` reads files into `model.Indicator`s, `match.Matcher` looks for them in records, `allow` says which ones a
team has judged harmless for itself. Nothing here touches the network.
"""
