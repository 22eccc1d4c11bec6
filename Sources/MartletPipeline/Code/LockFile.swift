/// Files that say which versions of libraries and interpreters a project uses.
enum LockFile {
    private static let names: Set<String> = [
        "pyproject.toml", "uv.lock", "poetry.lock", "pdm.lock", "pylock.toml", "Pipfile.lock", "setup.cfg", "environment.yml",
        "environment.yaml", "conda-lock.yml", ".python-version", "package-lock.json", "yarn.lock", "pnpm-lock.yaml", "Cargo.lock",
        "Package.resolved", "renv.lock", "go.sum", "Manifest.toml",
    ]

    static func isOne(_ name: String) -> Bool {
        names.contains(name) || (name.hasPrefix("requirements") && name.hasSuffix(".txt"))
    }
}
