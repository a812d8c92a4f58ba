-- Views that several rules share. An app is put together from AndroidQF's packages.json and from dumpsys package.

CREATE VIEW app_told AS
    SELECT package, coalesce(system, false) AS system, installer, NULL AS initiating, NULL AS originating, NULL AS package_source,
           NULL AS first_install, NULL AS installed, "where" AS told
    FROM android_packages
    UNION ALL
    SELECT package, system, installer, initiating, originating, package_source, first_install, installed, "where"
    FROM android_dumpsys_package;

-- One row per package. `origin`: system, store, file (a person opened an APK), adb (nobody, or the shell), other.
CREATE VIEW app AS
    SELECT package, system, installer, initiating, first_install, told,
           CASE
               WHEN system THEN 'system'
               WHEN installer IN (SELECT value FROM known_stores) OR initiating IN (SELECT value FROM known_stores) THEN 'store'
               WHEN coalesce(initiating, installer) IN (SELECT value FROM known_file_installers)
                    OR installer IN (SELECT value FROM known_file_installers) THEN 'file'
               WHEN coalesce(initiating, installer, 'com.android.shell') = 'com.android.shell' THEN 'adb'
               ELSE 'other'
           END AS origin
    FROM (
        SELECT package, bool_or(system) AS system, max(installer) AS installer, max(initiating) AS initiating,
               min(first_install.wall) AS first_install, list(told ORDER BY told) AS told,
               bool_or(coalesce(installed, true)) AS installed
        FROM app_told GROUP BY package
    );

-- How a person would say it.
CREATE VIEW origin_words AS
    SELECT * FROM (VALUES
        ('adb', 'installed from a computer over ADB, or without any installer'),
        ('file', 'installed from a file that somebody opened on the phone'),
        ('other', 'installed by another app'),
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
