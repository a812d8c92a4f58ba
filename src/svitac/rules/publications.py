"""Publications that several rules rest on."""

_LAB = "https://securitylab.amnesty.org/latest"
# Amnesty International, A Digital Prison, 2024-12-16: NoviSpy and Cellebrite in Serbia
SERBIA_2024 = f"{_LAB}/2024/12/serbia-a-digital-prison-spyware-and-cellebrite-used-on-journalists-and-activists/"
# Amnesty International, 2025-02-28: Cellebrite's USB exploit against a student
USB_EXPLOIT_2025 = f"{_LAB}/2025/02/cellebrite-zero-day-exploit-used-to-target-phone-of-serbian-student-activist/"
# Amnesty International, Forensic Methodology Report, 2021-07-18
METHOD_2021 = f"{_LAB}/2021/07/forensic-methodology-report-how-to-catch-nso-groups-pegasus/"
