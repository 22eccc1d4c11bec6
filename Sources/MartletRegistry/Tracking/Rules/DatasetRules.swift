/// How long what is told of a dataset may be, in code points.
enum DatasetRules {
    static let nameLengthMax = 500
    static let digestLengthMax = 36
    static let sourceLengthMax = 65_535
    static let schemaLengthMax = 1_048_575
    static let profileLengthMax = 16_777_215
    static let tagKeyLengthMax = 255
    static let tagValueLengthMax = 500

    static func check(_ input: DatasetInput) throws(TrackingFault) {
        for tag in input.tags {
            try KeyRule.checkLength(tag.key, "key", max: tagKeyLengthMax)
            try KeyRule.checkLength(tag.value, "value", max: tagValueLengthMax)
        }
        try KeyRule.checkLength(input.name, "name", max: nameLengthMax)
        try KeyRule.checkLength(input.digest, "digest", max: digestLengthMax)
        try KeyRule.checkLength(input.source, "source", max: sourceLengthMax)
        try KeyRule.checkLength(input.schema ?? "", "schema", max: schemaLengthMax)
        try KeyRule.checkLength(input.profile ?? "", "profile", max: profileLengthMax)
    }
}
