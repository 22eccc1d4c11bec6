import MartletCore

/// What a part of a contract may look like that the standard has and Martlet does not enforce.
///
/// Its keys are checked all the same, so that a misspelling in them is found.
indirect enum StandardShape: Sendable {
    case any
    case text
    case list(StandardShape)
    case object(required: [String], optional: [String: StandardShape])
    case either(list: StandardShape, object: StandardShape)

    /// Reports each key that the standard does not have. Null counts as absent.
    func check(_ node: SpecificationNode) {
        guard !node.isNull else { return }
        switch self {
        case .any: break
        case .text:
            if node.isMapping || node.isList { node.report("expected a text, found a list or a mapping") }
        case .list(let item): if node.requireList() { node.items.forEach(item.check) }
        case .either(let item, let object): node.isList ? node.items.forEach(item.check) : object.check(node)
        case .object(let required, let optional): Self.checkMembers(node, required, optional)
        }
    }

    private static func checkMembers(
        _ node: SpecificationNode, _ required: [String], _ optional: [String: StandardShape]
    ) {
        guard
            let members = node.object(
                required: required, optional: optional.keys.filter { !required.contains($0) }.sorted())
        else { return }
        for (key, shape) in optional {
            if let member = members[key] { shape.check(member) }
        }
    }

    private static func keys(_ names: String...) -> [String: StandardShape] {
        Dictionary(uniqueKeysWithValues: names.map { ($0, .any) })
    }

    private static func object(
        _ required: [String] = [], _ optional: [String: StandardShape], with more: [String: StandardShape] = [:]
    ) -> StandardShape {
        .object(required: required, optional: optional.merging(more) { $1 })
    }
}

extension StandardShape {
    static let tags: StandardShape = .list(.text)
    static let customProperties: StandardShape = .list(
        object(["property", "value"], keys("id", "property", "value", "description"))
    )
    static let authoritativeDefinitions: StandardShape = .list(
        object(["url", "type"], keys("id", "url", "type", "description"))
    )
    static let description = object(
        [], keys("usage", "purpose", "limitations"),
        with: ["authoritativeDefinitions": authoritativeDefinitions, "customProperties": customProperties]
    )
    static let support: StandardShape = .list(
        object(
            ["channel"], keys("id", "channel", "url", "description", "tool", "scope", "invitationUrl"),
            with: ["customProperties": customProperties]
        )
    )
    static let price = object([], keys("id", "priceAmount", "priceCurrency", "priceUnit"))
    static let roles: StandardShape = .list(
        object(
            ["role"], keys("id", "role", "description", "access", "firstLevelApprovers", "secondLevelApprovers"),
            with: ["customProperties": customProperties]
        )
    )
    static let teamMember = object(
        ["username"],
        keys("id", "username", "name", "description", "role", "dateIn", "dateOut", "replacedByUsername"),
        with: annotations
    )
    static let team: StandardShape = .either(
        list: teamMember,
        object: object(
            [], keys("id", "name", "description"), with: annotations.merging(["members": .list(teamMember)]) { $1 })
    )
    /// Every key that any of the standard's kinds of server has.
    static let servers: StandardShape = .list(
        object(
            ["server", "type"],
            keys(
                "id", "server", "type", "description", "environment", "account", "catalog", "database", "dataset",
                "delimiter",
                "endpointUrl", "format", "host", "location", "path", "port", "project", "region", "regionName",
                "schema",
                "serviceName", "stagingDir", "stream", "warehouse"
            ),
            with: ["roles": roles, "customProperties": customProperties]
        )
    )
    static let relationships: StandardShape = .list(
        object([], keys("type", "from", "to"), with: ["customProperties": customProperties])
    )
    /// Keys that many elements share.
    static let annotations: [String: StandardShape] = [
        "tags": tags, "customProperties": customProperties, "authoritativeDefinitions": authoritativeDefinitions,
    ]
}

extension SpecificationNode {
    /// Whether this is YAML's null; the standard lets it stand for an absent key.
    var isNull: Bool { !isMapping && !isList && json == .null }

    /// Reports a fault where this is no list.
    func requireList() -> Bool {
        if isList { return true }
        let nothing: Bool? = expected("a list")
        return nothing ?? false
    }
}

extension SpecificationObject {
    /// The member of a key; `nil` where it is absent or null.
    func given(_ key: String) -> SpecificationNode? {
        guard let node = self[key], !node.isNull else { return nil }
        return node
    }

    /// Checks the members that are accepted and not enforced.
    func check(_ shapes: [String: StandardShape]) {
        for (key, shape) in shapes {
            if let node = given(key) { shape.check(node) }
        }
    }
}
