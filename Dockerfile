# The image of GoAround: docker build -t goaround . && docker run -p 3000:3000 goaround -b http://app:8080
# docs/image.md says what it promises, and how it is built without a Docker engine.

# A build that must be repeatable names both by digest: --build-arg JDK_IMAGE=eclipse-temurin:25-jdk@sha256:...
ARG JDK_IMAGE=eclipse-temurin:25-jdk
ARG JRE_IMAGE=eclipse-temurin:25-jre

# The jar, and its parts in the order in which they change.
FROM ${JDK_IMAGE} AS build
WORKDIR /src
COPY . .
# A linked work tree has a file for .git, which points at a folder that is not here.
RUN --mount=type=cache,target=/root/.m2 \
    { [ -d .git ] || rm -f .git; } \
    && ./mvnw -q -DskipTests package \
    && java -Djarmode=tools -jar target/goaround.jar extract --layers --destination /layers

# A training run, on the very runtime and in the very folder that the cache will be used with.
FROM ${JRE_IMAGE} AS train
WORKDIR /app
COPY --from=build /layers/dependencies/ ./
COPY --from=build /layers/application/ ./
COPY deploy/jvm.options deploy/train.sh ./
RUN bash train.sh goaround.jar goaround.aot

FROM ${JRE_IMAGE}
LABEL org.opencontainers.image.title="GoAround" \
      org.opencontainers.image.description="An HTTP load balancer for Spring and JVM teams" \
      org.opencontainers.image.licenses="Apache-2.0"
WORKDIR /app
COPY --from=build /layers/dependencies/ ./
COPY --from=build /layers/application/ ./
COPY deploy/jvm.options deploy/healthcheck.sh ./
COPY --from=train /app/goaround.aot ./

# The status and health endpoints must be reachable from outside the container, unlike on a machine of one's own.
ENV MANAGEMENT_SERVER_ADDRESS=0.0.0.0
EXPOSE 3000 3001
USER 10001:10001
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 CMD ["bash", "/app/healthcheck.sh"]
ENTRYPOINT ["java", "@/app/jvm.options", "-XX:AOTCache=/app/goaround.aot", "-jar", "goaround.jar"]
