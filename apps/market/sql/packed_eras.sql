-- How many breaks lie behind each packed day of a stream: the first 8 bytes.
SELECT day, marketplace_id, substring(packed FROM 1 FOR 8)
FROM daily_closes
