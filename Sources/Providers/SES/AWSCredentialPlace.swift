// SPDX-License-Identifier: Apache-2.0
internal import Basics
internal import Delivery

/// Where the environment of the process says that its AWS credentials are (AWS SDKs reference, "Credential providers").
enum AWSCredentialPlace: Sendable, Hashable {
    /// In the variables `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN`.
    case variables(AWSCredentials)
    /// At the address that a container got.
    case container(HTTPURL, authorization: ContainerAuthorization?)
    /// At the metadata service of the instance.
    case instance(HTTPURL)

    /// What the credentials service of a container asks for.
    enum ContainerAuthorization: Sendable, Hashable {
        case token(Secret)
        /// The path of a file, whose content changes.
        case file(String)
    }

    private static let code = "aws.environment"
    private static let containerHost = "http://169.254.170.2"
    /// The hosts that may be asked without TLS; they are never reached over a network.
    private static let localHosts: Set<String> = ["169.254.170.2", "169.254.170.23", "fd00:ec2::23"]

    /// Reads the variables in the order of the SDKs: keys, container, instance.
    ///
    /// An empty variable counts as unset.
    init(_ variables: [String: String]) throws(DeliveryError) {
        let set = variables.filter { !$0.value.isEmpty }
        if set["AWS_ACCESS_KEY_ID"] != nil || set["AWS_SECRET_ACCESS_KEY"] != nil {
            self = .variables(try Self.keys(set))
        } else if let address = try Self.containerAddress(set) {
            let file = set["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"].map { ContainerAuthorization.file($0) }
            let token = set["AWS_CONTAINER_AUTHORIZATION_TOKEN"].map { ContainerAuthorization.token(Secret($0)) }
            self = .container(address, authorization: file ?? token)
        } else {
            self = .instance(try Self.metadataService(set))
        }
    }

    private static func keys(_ set: [String: String]) throws(DeliveryError) -> AWSCredentials {
        guard let id = set["AWS_ACCESS_KEY_ID"], let secret = set["AWS_SECRET_ACCESS_KEY"] else {
            let missing = set["AWS_ACCESS_KEY_ID"] == nil ? "AWS_ACCESS_KEY_ID" : "AWS_SECRET_ACCESS_KEY"
            throw fault("the variable \(missing) is not set, but the other half of the key is", "set both, or none")
        }
        let credentials = AWSCredentials(
            accessKeyID: id,
            secretAccessKey: Secret(secret),
            sessionToken: set["AWS_SESSION_TOKEN"].map { Secret($0) }
        )
        guard credentials.isUsable else {
            throw fault("an AWS_ variable with credentials holds a blank or a line break", "set it again, without them")
        }
        return credentials
    }

    /// `AWS_CONTAINER_CREDENTIALS_RELATIVE_URI` counts before `AWS_CONTAINER_CREDENTIALS_FULL_URI`.
    private static func containerAddress(_ set: [String: String]) throws(DeliveryError) -> HTTPURL? {
        let relative = set["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"]
        guard let text = relative.map({ containerHost + $0 }) ?? set["AWS_CONTAINER_CREDENTIALS_FULL_URI"] else {
            return nil
        }
        guard let url = HTTPURL(text), relative == nil || relative?.hasPrefix("/") == true else {
            throw fault(
                "the variable AWS_CONTAINER_CREDENTIALS_\(relative == nil ? "FULL" : "RELATIVE")_URI holds no address",
                "the container runtime sets it; remove another value"
            )
        }
        guard url.isSecure || url.isLoopback || localHosts.contains(url.host) else {
            throw fault(
                "AWS_CONTAINER_CREDENTIALS_FULL_URI names \(url.host), where others could read the credentials",
                "use https://, this machine, or an address of the container runtime"
            )
        }
        return url
    }

    private static func metadataService(_ set: [String: String]) throws(DeliveryError) -> HTTPURL {
        guard set["AWS_EC2_METADATA_DISABLED"]?.lowercased() != "true" else {
            throw fault(
                "no AWS_ variable gives credentials, and AWS_EC2_METADATA_DISABLED forbids asking the instance",
                "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or unset AWS_EC2_METADATA_DISABLED"
            )
        }
        let isSix = set["AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE"]?.lowercased() == "ipv6"
        let usual = isSix ? "http://[fd00:ec2::254]" : "http://169.254.169.254"
        guard let url = HTTPURL(set["AWS_EC2_METADATA_SERVICE_ENDPOINT"] ?? usual) else {
            throw fault("AWS_EC2_METADATA_SERVICE_ENDPOINT holds no address", "write it like \(usual), or unset it")
        }
        return url
    }

    private static func fault(_ detail: String, _ remedy: String) -> DeliveryError {
        DeliveryError(.misconfigured, code: code, detail: detail, remedy: remedy)
    }
}
