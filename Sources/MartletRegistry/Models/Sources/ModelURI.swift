/// What a source `models:/…` names.
enum ModelURI {
    case loggedModel(String)
    case version(String, Int64)
    /// The highest version of a stage.
    case stage(String, String)
    case latest(String)
    case alias(String, String)

    /// Reads one; `nil` where it is none of these.
    init?(_ source: String) {
        let path = SourceURL(source, hasFragments: false).path
        guard path.hasPrefix("/"), path.utf8.count > 1 else { return nil }
        let parts = path.drop { $0 == "/" }.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count <= 2, let name = parts.first, !name.trimmingSpace.isEmpty else { return nil }
        if parts.count == 2 {
            self.init(name, suffix: parts[1])
        } else if let mark = name.lastIndex(of: "@") {
            let alias = String(name[name.index(after: mark)...])
            guard !alias.trimmingSpace.isEmpty else { return nil }
            self = .alias(String(name[..<mark]), alias)
        } else {
            self = .loggedModel(name)
        }
    }

    private init?(_ name: String, suffix: String) {
        guard !suffix.trimmingSpace.isEmpty else { return nil }
        if suffix.unicodeScalars.allSatisfy(\.isDigit) {
            guard let version = PythonText.integer(suffix) else { return nil }
            self = .version(name, version)
        } else {
            self = suffix.lowercased() == "latest" ? .latest(name) : .stage(name, suffix)
        }
    }

    /// The registered model; `nil` of a logged one.
    var model: String? {
        switch self {
        case .loggedModel: nil
        case .version(let name, _), .stage(let name, _), .latest(let name), .alias(let name, _): name
        }
    }
}

extension ModelVersionDraft {
    /// The registered model that a source names; `nil` where it names none.
    package static func registeredModel(ofSource source: String) -> String? {
        SourceURL(source).scheme == "models" ? ModelURI(source)?.model : nil
    }
}
