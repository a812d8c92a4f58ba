rule sync_family {
  meta:
    description = "carries the marker of our case"
  strings:
    $a = "svitac-case-marker"
  condition:
    $a
}
