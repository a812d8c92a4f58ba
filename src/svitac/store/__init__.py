"""The result folder: records as Parquet, findings, problems and coverage as JSON. The contract between programs."""
