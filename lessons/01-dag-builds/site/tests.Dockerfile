# The same site, with a stage that tests the pages.
FROM lab/busybox AS pages
COPY pages pages
RUN sleep 1 && cat pages/*.txt > /pages.out

FROM lab/busybox AS photos
COPY photos photos
RUN sleep 2 && wc -c photos/*.svg > /photos.out

FROM pages AS tests
RUN sleep 0.5 && grep -q Welcome /pages.out && echo "tests passed"

FROM lab/busybox
COPY --from=pages /pages.out /site/
COPY --from=photos /photos.out /site/
CMD ["cat", "/site/pages.out", "/site/photos.out"]
