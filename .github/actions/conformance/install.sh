#!/usr/bin/env bash
# Downloads the program for this runner, checks its sum and its provenance, and
# puts it on the PATH of the steps that follow.
set -euo pipefail

repository=kapture-community/kapture-go
case "$RUNNER_OS-$RUNNER_ARCH" in
Linux-X64) platform=linux_amd64.tar.gz ;;
Linux-ARM64) platform=linux_arm64.tar.gz ;;
macOS-X64) platform=darwin_amd64.tar.gz ;;
macOS-ARM64) platform=darwin_arm64.tar.gz ;;
Windows-X64) platform=windows_amd64.zip ;;
Windows-ARM64) platform=windows_arm64.zip ;;
*)
	echo "::error::kapture-conformance has no program for $RUNNER_OS on $RUNNER_ARCH"
	exit 2
	;;
esac
if [ "$VERSION" = latest ]; then
	VERSION=$(gh release view --repo "$repository" --json tagName --jq .tagName)
fi

folder="$RUNNER_TEMP/kapture-conformance"
archive="kapture-conformance_${VERSION#v}_$platform"
rm -rf "$folder"
mkdir -p "$folder"
gh release download "$VERSION" --repo "$repository" --dir "$folder" --pattern "$archive" --pattern SHA256SUMS

cd "$folder"
sum=sha256sum
command -v sha256sum >/dev/null || sum="shasum -a 256" # macOS
grep -F "  $archive" SHA256SUMS | $sum --check
gh attestation verify "$archive" --repo "$repository"
case "$archive" in
*.zip) unzip -q "$archive" ;;
*) tar -xzf "$archive" ;;
esac

name=${archive%.zip}
echo "$folder/${name%.tar.gz}" >>"$GITHUB_PATH"
