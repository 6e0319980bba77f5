#!/usr/bin/env bash
# Builds the image from the Dockerfile on a Debian machine that has no Docker engine and cannot pull base images.
#
# It makes stand-ins for the two base images out of a minimal Debian and a JDK 25 of this machine, under the names that
# the Dockerfile uses, and lets buildah do the rest. Needs root, buildah, debootstrap, an installed Maven (for the
# Maven that the wrapper pins) and JAVA25_HOME, the folder of a JDK 25. The packages of ~/.m2/repository are reused.
#
# Usage: JAVA25_HOME=... deploy/build-image.sh [TAG]        (default tag: goaround)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

tag=${1:-goaround}
export STORAGE_DRIVER=vfs BUILDAH_ISOLATION=chroot
work=$(mktemp -d "${TMPDIR:-/tmp}/goaround-image.XXXXXX")
trap 'rm -rf "$work"' EXIT

fail() {
    printf 'build-image.sh: %s\n' "$1" >&2
    exit 1
}

[[ $(id -u) == 0 ]] || fail "debootstrap and buildah's chroot isolation need root."
for tool in buildah debootstrap mvn; do
    command -v "$tool" >/dev/null || fail "$tool is missing, install it first: apt-get install buildah debootstrap maven."
done
[[ -n ${JAVA25_HOME:-} && -x $JAVA25_HOME/bin/jlink ]] || fail "JAVA25_HOME must name the folder of a JDK 25."

# Tags a base image of that name: a minimal Debian with the Java of the folder $2 where the Dockerfile's bases have it.
stand_in() {
    local name=$1 java=$2 container
    container=$(buildah from scratch)
    buildah add --quiet "$container" "$work/debian" / >/dev/null
    buildah add --quiet "$container" "$java" /opt/java/openjdk >/dev/null
    buildah config --env JAVA_HOME=/opt/java/openjdk --env LANG=C.UTF-8 \
        --env PATH=/opt/java/openjdk/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$container"
    buildah commit --quiet --rm "$container" "$name" >/dev/null
}

# Makes a runtime as the JRE image has it: every module but those of the development tools.
make_runtime() {
    local modules
    modules=$("$JAVA25_HOME/bin/java" --list-modules | sed 's/@.*//' |
        grep -Ev '^jdk\.(attach|compiler|editpad|hotspot|incubator|internal\.(ed|le|md|opt)|jartool|javadoc|jconsole|jdeps|jdi|jlink|jpackage|jshell|jstatd)' |
        paste -sd,)
    "$JAVA25_HOME/bin/jlink" --add-modules "$modules" --strip-debug --output "$work/runtime"
    "$work/runtime/bin/java" -Xshare:dump >/dev/null
}

# Unpacks the Maven of the wrapper's properties where ./mvnw looks for it, after checking its SHA-512.
unpack_maven() {
    local properties=.mvn/wrapper/maven-wrapper.properties url version
    url=$(sed -n 's/^distributionUrl=//p' "$properties")
    version=$(sed -E 's/.*apache-maven-(.*)-bin\.zip/\1/' <<<"$url")
    mvn -q -f pom.xml dependency:copy -DoutputDirectory="$work" -Dmdep.useBaseVersion=true \
        -Dartifact="org.apache.maven:apache-maven:$version:zip:bin"
    printf '%s  %s\n' "$(sed -n 's/^distributionSha512Sum=//p' "$properties")" "$work/apache-maven-$version-bin.zip" |
        sha512sum --check --quiet || fail "Maven $version is not the one that the wrapper pins."
    mkdir -p "$work/wrapper/dists/apache-maven-$version"
    (cd "$work" && "$JAVA25_HOME/bin/jar" xf "apache-maven-$version-bin.zip")
    chmod +x "$work/apache-maven-$version/bin/mvn"
    mv "$work/apache-maven-$version" "$work/wrapper/dists/apache-maven-$version/pinned"
}

if ! buildah inspect --type image eclipse-temurin:25-jre >/dev/null 2>&1; then
    debootstrap --variant=minbase --include=ca-certificates \
        "$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)" "$work/debian" \
        "$(apt-get indextargets --format "\$(REPO_URI)" | head -n 1)" >"$work/debootstrap.log" ||
        { cat "$work/debootstrap.log" >&2; fail "debootstrap failed."; }
    make_runtime
    stand_in eclipse-temurin:25-jdk "$(readlink -f "$JAVA25_HOME")"
    stand_in eclipse-temurin:25-jre "$work/runtime"
fi
unpack_maven
mkdir -p "$HOME/.m2/repository"
buildah build --pull=never --format docker --tag "$tag" \
    --volume "$HOME/.m2/repository:/root/.m2/repository" --volume "$work/wrapper:/root/.m2/wrapper" .
