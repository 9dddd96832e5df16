"""The words used in versions, and their meaning."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["BRANCHES", "BUILD", "BUILDS", "COUNTERS", "FIXES", "GENERIC", "LABELS", "SAME", "STAGES"]

GENERIC: Final = frozenset(
    {"v", "ver", "vers", "version", "versión", "versão", "versione", "versie", "wersja", "verze", "verzió", "versi"}
    | {
        "versio",
        "versiune",
        "verzija",
        "wersji",
        "sürüm",
        "phiên bản",
        "संस्करण",
        "เวอร์ชัน",
        "نسخه",
        "версия",
        "версія",
        "έκδοση",
        "גרסה",
        "إصدار",
        "الإصدار",
        "نسخة",
        "版本",
        "版",
    }
    | {"バージョン", "버전", "release", "rel", "app version"}
)
"""Words before a version that only say that it is one."""
COUNTERS: Final = frozenset({"b", "bld", "build", "r", "rev", "revision", "no", "#"})
"""Words before a lone number."""
BUILDS: Final = (
    *("compilación", "compilation", "compilação", "compilazione", "kompilacja", "kompilering", "sestavení", "derleme"),
    *(
        "bản dựng",
        "сборка",
        "збірка",
        "בנייה",
        "بناء",
        "الإصدارة",
        "内部版本",
        "版本号",
        "构建",
        "組建",
        "ビルド",
        "빌드",
    ),
)
"""Words for a build in languages other than English."""
BUILD: Final = re.compile(
    rf"[ ._-]*(?:\b|(?<=[0-9_]))(?:build|bld|commit|{'|'.join(BUILDS)})(?!-snapshot)[ ._:#-]*(?=[0-9a-z])"
    r"|[ ._-]*\b(?:version ?)?code[ ._:#-]*(?=[0-9])"
)
"""A word for a build, with the punctuation around it."""
BRANCHES: Final = frozenset(
    {"branch", "bug", "bugfix", "chore", "ci", "dependabot", "docs", "feat", "feature", "fix", "hotfix", "issue", "pr"}
    | {"refactor", "refs", "release", "renovate", "support", "task", "test", "user", "users"}
)
"""Prefixes of branch names."""
SAME: Final = frozenset({"final", "ga", "release", "正式版", "稳定版", "安定版"})
"""Words for the release itself, Maven's among them."""
STAGES: Final = (
    {"a": "alpha", "b": "beta", "c": "rc", "cr": "rc", "m": "milestone"}
    | {
        name: name
        for name in ("alpha", "beta", "rc", "pre", "preview", "milestone", "dev", "snapshot", "nightly", "canary", "ea")
    }
    | {name: name for name in ("eap", "next", "insider", "insiders", "test", "tp", "debug", "staging", "qa", "uat")}
    | dict.fromkeys(("альфа", "アルファ", "アルファ版", "alpha版", "알파", "内测版", "ألفا"), "alpha")
    | dict.fromkeys(("бета", "ベータ", "ベータ版", "beta版", "베타", "测试版", "測試版", "公测版"), "beta")
    | dict.fromkeys(("bêta", "bèta", "béta", "بيتا", "بتا", "בטא"), "beta")
)
"""Words for pre-releases; a, b, c, cr and m only with a number."""
FIXES: Final = frozenset(
    {"fix", "hf", "hotfix", "p", "patch", "pl", "r", "rev", "revision", "sp", "sr", "u", "upd", "update"}
)
"""Words for hotfixes of a release."""
LABELS: Final = frozenset(
    {"amazon", "amd64", "android", "appstore", "arm64", "arm64-v8a", "ce", "client", "cloud", "community", "desktop"}
    | {"ee", "electron", "enterprise", "eu", "extension", "fdroid", "foss", "free", "full", "gms", "google", "gplay"}
    | {
        "huawei",
        "ios",
        "ipad",
        "ipados",
        "iphone",
        "linux",
        "lite",
        "live",
        "lts",
        "mac",
        "macos",
        "mobile",
        "official",
    }
    | {"onprem", "osx", "play", "playstore", "premium", "pro", "prod", "production", "public", "server", "stable"}
    | {"store", "tvos", "universal", "visionos", "watchos", "web", "win", "win32", "win64", "windows", "x64", "x86"}
    | {"32bit", "64bit"}
)
"""Words after a version for a variant, which comes neither before nor after the release."""
