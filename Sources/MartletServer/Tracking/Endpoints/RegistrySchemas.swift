/// What the endpoints of the model registry take.
extension EndpointSchema {
    static let createModel = EndpointSchema(
        [.name, .tags, .description],
        CheckedField("name", .text, .required), CheckedField("tags", .array), CheckedField("description", .text))

    static let getModel = EndpointSchema([.name], CheckedField("name", .text, .required))

    static let updateModel = EndpointSchema(
        [.name, .description], CheckedField("name", .text, .required), CheckedField("description", .text))

    static let renameModel = EndpointSchema(
        [.name, .newName], CheckedField("name", .text, .required), CheckedField("new_name", .text, .required))

    static let latestVersions = EndpointSchema(
        [.name, .stages], CheckedField("name", .text, .required), CheckedField("stages", .array, .texts))

    static let setModelTag = EndpointSchema(
        [.name, .key, .value],
        CheckedField("name", .text, .required), CheckedField("key", .text, .required), CheckedField("value", .text))

    static let deleteModelTag = EndpointSchema(
        [.name, .key], CheckedField("name", .text, .required), CheckedField("key", .text, .required))

    static let searchModels = searchRegistry(largest: 1000)

    static let setAlias = EndpointSchema(
        [.name, .alias, .version],
        CheckedField("name", .text, .required), CheckedField("alias", .text, .required), CheckedField("version", .text, .required))

    static let getAlias = EndpointSchema(
        [.name, .alias], CheckedField("name", .text, .required), CheckedField("alias", .text, .required))

    static let createVersion = EndpointSchema(
        [.name, .source, .runID, .tags, .runLink, .description, .modelID],
        CheckedField("name", .text, .required), CheckedField("source", .text, .required), CheckedField("run_id", .text),
        CheckedField("tags", .array), CheckedField("run_link", .text), CheckedField("description", .text), CheckedField("model_id", .text))

    static let getVersion = EndpointSchema(
        [.name, .version], CheckedField("name", .text, .required), CheckedField("version", .text, .required))

    /// What is missing here is refused by the registry.
    static let downloadURI = EndpointSchema([.name, .version])

    static let updateVersion = EndpointSchema(
        [.name, .version, .description],
        CheckedField("name", .text, .required), CheckedField("version", .text, .required), CheckedField("description", .text))

    static let moveVersion = EndpointSchema(
        [.name, .version, .stage, .archivesOthers],
        CheckedField("name", .text, .required), CheckedField("version", .text, .required), CheckedField("stage", .text, .required),
        CheckedField("archive_existing_versions", .boolean))

    static let setVersionTag = EndpointSchema(
        [.name, .version, .key, .value],
        CheckedField("name", .text, .required), CheckedField("version", .text, .required), CheckedField("key", .text, .required),
        CheckedField("value", .text))

    static let deleteVersionTag = EndpointSchema(
        [.name, .version, .key],
        CheckedField("name", .text, .required), CheckedField("version", .text, .required), CheckedField("key", .text, .required))

    static let searchVersions = searchRegistry(largest: 200_000)

    private static func searchRegistry(largest: Int64) -> EndpointSchema {
        EndpointSchema(
            [.filter, .maxResults64, .orderBy, .pageToken],
            CheckedField("filter", .text), CheckedField("max_results", .integerLike, .atMost(largest)),
            CheckedField("order_by", .array, .texts), CheckedField("page_token", .text))
    }
}

extension MessageField {
    static let alias = MessageField("alias")
    static let runLink = MessageField("run_link", "runLink")
    static let stage = MessageField("stage")
    static let stages = MessageField("stages", repeated: true)
    static let archivesOthers = MessageField("archive_existing_versions", "archiveExistingVersions", .boolean)
}
