FROM lab/busybox
ARG API_TOKEN
RUN echo "fetched with a token of ${#API_TOKEN} letters" > /goods.txt
CMD ["cat", "/goods.txt"]
