"""A process named falcon ran with the rights of the kernel, the shell or root, where no app can run.

The name was reported to us for the program that Cellebrite's tool runs on a phone; it stands in no publication that we
could read, so this is unconfirmed. Only the context makes it remarkable: an app may call its own process falcon, and
`falcon_gpu.bin` is a model of a camera app. The program's file is reported as an indicator, `/data/local/tmp/falcon`.

Contexts are those of SELinux; `ps` prints none, there the user (root, shell) stands for it.
"""

from typing import Any

from svitac.declare import rule
from svitac.model import Certainty, Level, Reason, Stage
from svitac.rules.publications import SERBIA_2024

QUERY = """
WITH seen AS (
    SELECT process AS name, source_context AS context, NULL AS owner, "where" FROM android_selinux_denials
    UNION ALL
    SELECT name, context, coalesce("user", CASE uid WHEN 0 THEN 'root' WHEN 2000 THEN 'shell' END), "where"
    FROM android_processes
    UNION ALL
    SELECT comm, context, coalesce("user", CASE uid WHEN 0 THEN 'root' WHEN 2000 THEN 'shell' END), "where"
    FROM android_processes
)
SELECT string_agg(DISTINCT coalesce(context, owner), ', ' ORDER BY coalesce(context, owner)) AS contexts,
       list(DISTINCT "where" ORDER BY "where") AS process
FROM seen
WHERE name = 'falcon' AND CASE WHEN context IS NULL OR context = '' THEN owner IN ('root', 'shell')
                               ELSE regexp_matches(context, '^u:r:(kernel|shell|su)(:|$)') END
HAVING count(*) > 0
"""


@rule(
    "android.process_named_falcon",
    level=Level.MEDIUM,
    stage=Stage.PHYSICAL,
    certainty=Certainty.UNCONFIRMED,
    benign="A developer's own program of that name, run over ADB; on a rooted phone, any program that its owner runs.",
    references=[SERBIA_2024],
    next_steps=[
        "Look for /data/local/tmp/falcon, USB devices and unlocks at the same time.",
        "Ask who held the phone.",
    ],
    query=QUERY,
)
def check(row: dict[str, Any]) -> Reason:
    return Reason(
        subject="process falcon",
        title=f"A process named falcon ran in a context where no app runs: {row['contexts']}",
        says=f"falcon, {row['contexts']}",
    )
