# The notes lie in notes/, not beside the Dockerfile.
FROM lab/busybox
WORKDIR /app
COPY make-dictionary.sh .
RUN sh make-dictionary.sh
COPY today.txt .
CMD ["cat", "today.txt", "dictionary.txt"]
