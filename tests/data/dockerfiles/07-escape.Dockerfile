# escape=`
# a comment ends the directives
FROM lab/busybox `
  AS a
COPY a\b c:\
FROM a
RUN dir `
  c:\
