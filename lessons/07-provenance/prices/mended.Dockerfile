FROM lab/busybox AS fetch
RUN --mount=type=secret,id=api_token,env=API_TOKEN \
    echo "Bread 4, soup 6: fetched with a token of ${#API_TOKEN} letters" > /prices.txt

FROM lab/busybox
COPY --from=fetch /prices.txt /prices.txt
CMD ["cat", "/prices.txt"]
