FROM lab/busybox AS fetch
ARG API_TOKEN
RUN echo "fetched with a token of ${#API_TOKEN} letters" > /goods.txt

FROM lab/busybox
COPY --from=fetch /goods.txt /goods.txt
CMD ["cat", "/goods.txt"]
