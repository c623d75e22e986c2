FROM lab/busybox AS a
FROM a AS b
FROM lab/debian AS a
FROM a
