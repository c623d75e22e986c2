# A stage for each proof. A bind mount from the context provides the signing key, without a secret.
FROM lab/busybox AS base
COPY proof.sh /

FROM base AS upload
RUN --mount=type=secret,id=a,target=/key sh proof.sh upload < /key > /proof

FROM base AS database
RUN --mount=type=secret,id=b,target=/key sh proof.sh database < /key > /proof

FROM base AS signing
RUN --mount=type=bind,source=signing.key,target=/key sh proof.sh signing < /key > /proof

FROM base AS licence
RUN --mount=type=secret,id=d,env=KEY printf %s "$KEY" | sh proof.sh licence > /proof

FROM lab/busybox
COPY --from=upload /proof /proofs/1
COPY --from=database /proof /proofs/2
COPY --from=signing /proof /proofs/3
COPY --from=licence /proof /proofs/4
CMD ["sh", "-c", "cat /proofs/*"]
