import MartletCore

/// A refusal by S3: the status, and the code that S3 has for it.
struct S3Fault: Error, Equatable {
    let status: Int
    /// Empty where none came, as to `HEAD`.
    let code: String
    /// The bucket's region, where S3 told it.
    let region: String?

    /// Whether the same request may succeed a little later.
    var isPassing: Bool {
        [429, 500, 502, 503, 504].contains(status)
            || ["RequestTimeout", "SlowDown", "InternalError", "ConditionalRequestConflict"].contains(code)
    }

    /// Whether the object is not there, while the bucket is.
    var isMissingKey: Bool { status == 404 && (code == "NoSuchKey" || code.isEmpty || code == "NotFound") }

    /// Whether the object is there, where it must not be.
    var isFailedCondition: Bool { status == 412 }

    /// For people. - Parameter what: the request, with bucket and key.
    func error(of what: String, at endpoint: S3Endpoint) -> MartletError {
        let name = code.isEmpty ? "" : " \(code)"
        return MartletError(.storage, "S3 at \(endpoint) refused \(what) with \(status)\(name); \(nextStep)")
    }

    private var nextStep: String {
        switch code {
        case "NoSuchBucket": return "make the bucket, or name another"
        case "InvalidAccessKeyId", "SignatureDoesNotMatch": return "check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
        case "ExpiredToken", "InvalidToken", "TokenRefreshRequired": return "get new credentials, then start again"
        case "RequestTimeTooSkewed", "RequestExpired": return "set this machine's clock, which differs too much from the server's"
        case "NoSuchUpload": return "write it again, and let no rule of the bucket abort uploads that have just begun"
        case "NoSuchKey": return "restore the object from a copy, or write it again"
        case "PermanentRedirect", "AuthorizationHeaderMalformed", "TemporaryRedirect", "IllegalLocationConstraintException":
            return "set AWS_REGION to the bucket's region" + (region.map { ", \($0)" } ?? "")
        default: break
        }
        if (300..<400).contains(status) { return "set AWS_REGION to the bucket's region" + (region.map { ", \($0)" } ?? "") }
        if status == 403 {
            return "allow these credentials s3:ListBucket on the bucket, and s3:GetObject, s3:PutObject, s3:DeleteObject and "
                + "s3:AbortMultipartUpload on its objects"
        }
        return isPassing ? "try again later" : "check the bucket and the endpoint"
    }
}
