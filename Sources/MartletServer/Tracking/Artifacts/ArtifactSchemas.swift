/// What the endpoints of artifacts take.
extension EndpointSchema {
    static let listArtifacts = EndpointSchema(
        [.runID, .runUUID, .path, .pageToken],
        CheckedField("run_id", .text, .required), CheckedField("path", .text), CheckedField("page_token", .text))

    static let presignedUpload = EndpointSchema(
        [.runID, .modelID, .path, .expiration],
        CheckedField("run_id", .text), CheckedField("model_id", .text), CheckedField("path", .required, .text),
        CheckedField("expiration", .integerLike))

    static let presignedDownload = EndpointSchema(
        [.runID, .path, .expiration],
        CheckedField("run_id", .required, .text), CheckedField("path", .required, .text), CheckedField("expiration", .integerLike))

    static let createUpload = EndpointSchema(
        [.path, .partCount], CheckedField("path", .required, .text), CheckedField("num_parts", .integerLike))

    static let completeUpload = EndpointSchema(
        [.path, .uploadID, .parts], CheckedField("path", .required, .text), CheckedField("upload_id", .text),
        CheckedField("parts", .required))

    static let abortUpload = EndpointSchema([.path, .uploadID], CheckedField("path", .required, .text), CheckedField("upload_id", .text))
}

extension MessageField {
    static let path = MessageField("path")
    static let expiration = MessageField("expiration", nil, .integer64)
    static let uploadID = MessageField("upload_id", "uploadId")
    static let partCount = MessageField("num_parts", "numParts", .integer64)
    static let partNumber = MessageField("part_number", "partNumber", .integer64)
    static let tag = MessageField("etag")
    static let parts = MessageField("parts", nil, .message(MessageShape([.partNumber, .tag])), repeated: true)
}
