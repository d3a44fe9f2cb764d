"""The archive: every day's prices as a Parquet file, outside the database.

`manifest` says what there is, `folder` is where it lies, `parquet` is what a file
holds; `services` write it, read it back and let retention go by it.
"""
