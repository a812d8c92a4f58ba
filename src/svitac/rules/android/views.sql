-- Views that several rules share. An app is put together from AndroidQF's packages.json and from dumpsys package.

-- packages.json lists a system app twice over (`system`, not `third_party`); with neither mark it does not say.
CREATE VIEW app_told AS
    SELECT package, CASE WHEN system THEN true WHEN third_party THEN false END AS system, false AS hidden, installer,
           coalesce(installer_raw, '') <> '' AS tells, NULL AS initiating, NULL AS originating,
           NULL AS package_source, NULL AS first_install, NULL AS installed, "where" AS told
    FROM android_packages
    UNION ALL
    SELECT package, system, hidden, installer, "user" IS NOT NULL OR installer IS NOT NULL, initiating, originating,
           package_source, first_install, installed, "where"  -- a block without a user was cut before it could tell
    FROM android_dumpsys_package
    UNION ALL
    SELECT package, system, hidden, installer, true, initiating, originating, source, NULL, NULL, "where"
    FROM android_packages_xml;

-- One row per package. `origin`: system, store, file (a person opened an APK), adb (nobody, or the shell), other, or
-- unknown: AndroidQF leaves the installer "" where the phone's `pm list packages` does not know `-i`.
-- Where sources differ, it is a part of the system only if none denies it. A command over ADB can name any installer
-- (`adb install -i com.android.vending`), and an intent may name one to the dialog; `initiating` cannot be chosen.
CREATE VIEW app AS
    SELECT package, system, installer, initiating, first_install, installed, told,
           CASE
               WHEN system THEN 'system'
               WHEN NOT tells THEN 'unknown'
               WHEN coalesce(initiating, installer, 'com.android.shell') = 'com.android.shell' THEN 'adb'
               WHEN initiating IN (SELECT value FROM known_file_installers)
                    AND NOT coalesce(originating IN (SELECT value FROM known_stores), false) THEN 'file'
               WHEN installer IN (SELECT value FROM known_stores) OR initiating IN (SELECT value FROM known_stores)
                    OR originating IN (SELECT value FROM known_stores) THEN 'store'
               WHEN installer IN (SELECT value FROM known_file_installers) THEN 'file'
               ELSE 'other'
           END AS origin
    FROM (
        SELECT package, coalesce(bool_and(system) FILTER (WHERE NOT hidden), bool_or(system), false) AS system,
               bool_or(tells) AS tells, max(installer) AS installer, max(initiating) AS initiating, max(originating) AS originating,
               min(first_install.wall) AS first_install, list(told ORDER BY told) AS told,
               coalesce(bool_or(installed), true) AS installed
        FROM app_told GROUP BY package
    );

-- How a person would say it.
CREATE VIEW origin_words AS
    SELECT * FROM (VALUES
        ('adb', 'installed from a computer over ADB, or without any installer'),
        ('file', 'installed from a file that somebody opened on the phone'),
        ('other', 'installed by another app'),
        ('unknown', 'installed in a way that this evidence does not tell'),
        ('store', 'installed from a store'),
        ('system', 'part of the system')) AS words(origin, words);

-- Apps that did not come with the phone, with what makes each remarkable; a weight of 4 deserves a person's look first.
CREATE VIEW app_trait AS
    SELECT package, 'came from outside a store' AS reason, 2 AS weight FROM app WHERE origin IN ('adb', 'other')
    UNION SELECT package, 'was installed from a file', 1 FROM app WHERE origin = 'file'
    UNION SELECT package, 'can read and control the screen (accessibility service)', 3 FROM android_accessibility
          WHERE state IN ('enabled', 'bound') AND package IS NOT NULL
    UNION SELECT package, 'is a device administrator', 3 FROM android_device_admins
    UNION SELECT package, 'sees messages or calls as they come', 2 FROM android_components
          WHERE role = 'receiver' AND key IN (SELECT value FROM known_interception_actions)
    UNION SELECT package, 'used ' || string_agg(DISTINCT lower(replace(op, '_', ' ')), ', ' ORDER BY lower(replace(op, '_', ' '))), 1
          FROM android_appops WHERE event = 'access' AND op IN (SELECT value FROM known_sensor_operations) GROUP BY package;

CREATE VIEW app_to_look_at AS
    SELECT app.package, origin_words.words AS origin, app.first_install,
           list(app_trait.reason ORDER BY app_trait.weight DESC, app_trait.reason) AS reasons, sum(app_trait.weight)::BIGINT AS weight
    FROM app JOIN app_trait USING (package) JOIN origin_words USING (origin)
    WHERE app.origin <> 'system'
    GROUP BY app.package, origin_words.words, app.first_install;

-- When the analyst held the phone: what happens then is the acquisition itself. AndroidQF connects a little before it
-- starts to count; an acquisition that was not completed ends within a day.
CREATE VIEW acquisition_time AS
    SELECT started - INTERVAL 15 MINUTES AS first, coalesce(completed, started + INTERVAL 1 DAY) AS last
    FROM android_acquisition WHERE started IS NOT NULL;

-- Installs (or updates) and removals with their moment on the phone's clock, without those that failed (Samsung's log).
CREATE VIEW app_change AS
    SELECT package, event = 'package_uninstall' AS removed, time.wall AS moment, NULL AS asked_by, "where"
    FROM android_battery_history
    WHERE event IN ('package_install', 'package_uninstall') AND package IS NOT NULL AND time IS NOT NULL
    UNION ALL
    SELECT package, action = 'delete', time.wall, requested_by, "where"
    FROM (
        SELECT *, lead(result) OVER (PARTITION BY "where".path, package, observer, replace(action, ' result', '')
                                     ORDER BY time.wall, action) AS outcome
        FROM android_install_log
    )
    WHERE action IN ('install', 'delete') AND package IS NOT NULL AND coalesce(outcome, 1) >= 0;

-- When an app was on the screen, on the phone's clock; the totals keep only the last time.
CREATE VIEW app_use AS
    SELECT package, time.wall AS moment, "where" FROM android_usage_events
    WHERE type IN ('ACTIVITY_RESUMED', 'MOVE_TO_FOREGROUND') AND package IS NOT NULL
    UNION ALL
    SELECT package, last_used.wall, "where" FROM android_usage_totals WHERE last_used IS NOT NULL
    UNION ALL
    SELECT package, time.wall, "where" FROM android_battery_history
    WHERE event = 'top' AND package IS NOT NULL AND time IS NOT NULL;

-- Which app holds a role that shows it what the owner reads, types, says or sees; accessibility has its own artifact.
CREATE VIEW powerful_role AS
    SELECT package, 'a notification listener' AS what, "where" FROM android_notification_listeners
    WHERE state IN ('allowed', 'enabled', 'live')
    UNION ALL
    SELECT package, 'a keyboard', "where" FROM android_input_methods WHERE state IN ('enabled', 'selected')
    UNION ALL
    SELECT package, 'a VPN', "where" FROM android_vpn WHERE package IS NOT NULL
    UNION ALL
    SELECT package, known.what, "where" FROM android_roles JOIN known_powerful_roles AS known ON role = known.value
    UNION ALL
    SELECT split_part(unnest(string_split(setting.value, ':')), '/', 1), known.what, "where"
    FROM android_settings AS setting JOIN known_powerful_role_settings AS known ON setting.name = known.value
    WHERE namespace = 'secure';

-- Devices that were plugged into the phone, without the hubs of the phone itself.
CREATE VIEW usb_stay AS
    SELECT vendor || ':' || product AS device, attached.wall AS moment, detached.wall AS gone, port, source, "where"
    FROM android_usb_devices WHERE vendor IS NOT NULL AND product IS NOT NULL AND vendor <> '1d6b';

-- One row when the lists of installed apps were read whole: only then does it mean something not to be in them.
-- `unread` names the artifacts of which something could not be read; '' is a loss that no artifact owns.
CREATE VIEW app_lists_whole AS
    SELECT true AS whole WHERE EXISTS (SELECT 1 FROM app)
    AND NOT EXISTS (SELECT 1 FROM unread WHERE artifact IN ('', 'android.packages', 'android.dumpsys_package'));
