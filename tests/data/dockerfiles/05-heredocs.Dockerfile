FROM lab/busybox AS first
RUN <<EOF
FROM inside AS shell
COPY --from=shell /x /y
EOF
COPY <<-"ONE" <<'TWO' /files/
	FROM one
	ONE
FROM two \
TWO
RUN cat <<EOF > /x && true
FROM inside
EOF
FROM first AS second
RUN echo "1 << 2"
