/* The source field names that rules ask for, each looked up once an event.
 *
 * Reading all fields once into a table indexed by name costs one hash a field; asking the event for
 * each name would compare every name with every field. */
#ifndef AKASHI_TRANSLATE_KNOWN_H
#define AKASHI_TRANSLATE_KNOWN_H

#include "record/event.h"

/* Windows names: see record/event.h; then the syslog names; then other plain ones. */
#define KNOWN_FIELDS(X)                                                                            \
    X(PROVIDER_NAME, "Provider_Name")                                                              \
    X(EVENT_ID, "EventID")                                                                         \
    X(LEVEL, "Level")                                                                              \
    X(KEYWORDS, "Keywords")                                                                        \
    X(EVENT_TYPE, "EventType")                                                                     \
    X(CHANNEL, "Channel")                                                                          \
    X(COMPUTER, "Computer")                                                                        \
    X(SECURITY_USER_ID, "Security_UserID")                                                         \
    X(WINDOWS_MESSAGE, "Message")                                                                  \
    X(DATA, "Data")                                                                                \
    X(SUBJECT_USER_SID, "SubjectUserSid")                                                          \
    X(SUBJECT_USER_NAME, "SubjectUserName")                                                        \
    X(SUBJECT_DOMAIN_NAME, "SubjectDomainName")                                                    \
    X(SUBJECT_LOGON_ID, "SubjectLogonId")                                                          \
    X(TARGET_USER_SID, "TargetUserSid")                                                            \
    X(TARGET_SID, "TargetSid")                                                                     \
    X(TARGET_USER_NAME, "TargetUserName")                                                          \
    X(TARGET_DOMAIN_NAME, "TargetDomainName")                                                      \
    X(TARGET_LOGON_ID, "TargetLogonId")                                                            \
    X(TARGET_SERVER_NAME, "TargetServerName")                                                      \
    X(TARGET_OUTBOUND_USER_NAME, "TargetOutboundUserName")                                         \
    X(LOGON_TYPE, "LogonType")                                                                     \
    X(AUTHENTICATION_PACKAGE_NAME, "AuthenticationPackageName")                                    \
    X(LM_PACKAGE_NAME, "LmPackageName")                                                            \
    X(PACKAGE_NAME, "PackageName")                                                                 \
    X(WORKSTATION_NAME, "WorkstationName")                                                         \
    X(WORKSTATION, "Workstation")                                                                  \
    X(IP_ADDRESS, "IpAddress")                                                                     \
    X(IP_PORT, "IpPort")                                                                           \
    X(STATUS, "Status")                                                                            \
    X(SUB_STATUS, "SubStatus")                                                                     \
    X(FAILURE_REASON, "FailureReason")                                                             \
    X(PRE_AUTH_TYPE, "PreAuthType")                                                                \
    X(TICKET_ENCRYPTION_TYPE, "TicketEncryptionType")                                              \
    X(SERVICE_NAME, "ServiceName")                                                                 \
    X(PRIVILEGE_LIST, "PrivilegeList")                                                             \
    X(PROCESS_ID, "ProcessId")                                                                     \
    X(PROCESS_NAME, "ProcessName")                                                                 \
    X(NEW_PROCESS_ID, "NewProcessId")                                                              \
    X(NEW_PROCESS_NAME, "NewProcessName")                                                          \
    X(PARENT_PROCESS_NAME, "ParentProcessName")                                                    \
    X(COMMAND_LINE, "CommandLine")                                                                 \
    X(TOKEN_ELEVATION_TYPE, "TokenElevationType")                                                  \
    X(USER, "User")                                                                                \
    X(IMAGE, "Image")                                                                              \
    X(CURRENT_DIRECTORY, "CurrentDirectory")                                                       \
    X(PARENT_IMAGE, "ParentImage")                                                                 \
    X(LOGON_ID, "LogonId")                                                                         \
    X(SAM_ACCOUNT_NAME, "SamAccountName")                                                          \
    X(DISPLAY_NAME, "DisplayName")                                                                 \
    X(USER_PRINCIPAL_NAME, "UserPrincipalName")                                                    \
    X(HOME_DIRECTORY, "HomeDirectory")                                                             \
    X(HOME_PATH, "HomePath")                                                                       \
    X(SCRIPT_PATH, "ScriptPath")                                                                   \
    X(PROFILE_PATH, "ProfilePath")                                                                 \
    X(USER_WORKSTATIONS, "UserWorkstations")                                                       \
    X(PASSWORD_LAST_SET, "PasswordLastSet")                                                        \
    X(ACCOUNT_EXPIRES, "AccountExpires")                                                           \
    X(PRIMARY_GROUP_ID, "PrimaryGroupId")                                                          \
    X(ALLOWED_TO_DELEGATE_TO, "AllowedToDelegateTo")                                               \
    X(OLD_UAC_VALUE, "OldUacValue")                                                                \
    X(NEW_UAC_VALUE, "NewUacValue")                                                                \
    X(USER_ACCOUNT_CONTROL, "UserAccountControl")                                                  \
    X(SID_HISTORY, "SidHistory")                                                                   \
    X(LOGON_HOURS, "LogonHours")                                                                   \
    X(OLD_TARGET_USER_NAME, "OldTargetUserName")                                                   \
    X(NEW_TARGET_USER_NAME, "NewTargetUserName")                                                   \
    X(MEMBER_NAME, "MemberName")                                                                   \
    X(MEMBER_SID, "MemberSid")                                                                     \
    X(USER_DATA_CHANNEL, "UserData.Channel")                                                       \
    X(SUBCATEGORY_GUID, "SubcategoryGuid")                                                         \
    X(SUBCATEGORY_ID, "SubcategoryId")                                                             \
    X(AUDIT_POLICY_CHANGES, "AuditPolicyChanges")                                                  \
    X(AUDIT_SOURCE_NAME, "AuditSourceName")                                                        \
    X(OBJECT_NAME, "ObjectName")                                                                   \
    X(OBJECT_TYPE, "ObjectType")                                                                   \
    X(IMAGE_PATH, "ImagePath")                                                                     \
    X(ACCOUNT_NAME, "AccountName")                                                                 \
    X(SERVICE_FILE_NAME, "ServiceFileName")                                                        \
    X(SERVICE_ACCOUNT, "ServiceAccount")                                                           \
    X(TASK_NAME, "TaskName")                                                                       \
    X(TASK_CONTENT, "TaskContent")                                                                 \
    X(TASK_CONTENT_NEW, "TaskContentNew")                                                          \
    X(HANDLE_ID, "HandleId")                                                                       \
    X(ACCESS_MASK, "AccessMask")                                                                   \
    X(ACCESS_LIST, "AccessList")                                                                   \
    X(SHARE_NAME, "ShareName")                                                                     \
    X(SHARE_LOCAL_PATH, "ShareLocalPath")                                                          \
    X(RELATIVE_TARGET_NAME, "RelativeTargetName")                                                  \
    X(TARGET_LINKED_LOGON_ID, "TargetLinkedLogonId")                                               \
    X(OLD_SD, "OldSd")                                                                             \
    X(NEW_SD, "NewSd")                                                                             \
    X(SCRIPT_BLOCK_TEXT, "ScriptBlockText")                                                        \
    X(SCRIPT_BLOCK_ID, "ScriptBlockId")                                                            \
    X(MESSAGE_NUMBER, "MessageNumber")                                                             \
    X(MESSAGE_TOTAL, "MessageTotal")                                                               \
    X(PATH, "Path")                                                                                \
    X(THREAT_NAME, "Threat Name")                                                                  \
    X(DETECTION_USER, "Detection User")                                                            \
    X(OBJECT_DN, "ObjectDN")                                                                       \
    X(OLD_OBJECT_DN, "OldObjectDN")                                                                \
    X(NEW_OBJECT_DN, "NewObjectDN")                                                                \
    X(OBJECT_GUID, "ObjectGUID")                                                                   \
    X(OBJECT_CLASS, "ObjectClass")                                                                 \
    X(ATTRIBUTE_NAME, "AttributeLDAPDisplayName")                                                  \
    X(ATTRIBUTE_VALUE, "AttributeValue")                                                           \
    X(OPERATION_TYPE, "OperationType")                                                             \
    X(OBJECT_SERVER, "ObjectServer")                                                               \
    X(PROPERTIES, "Properties")                                                                    \
    X(DOMAIN_NAME, "DomainName")                                                                   \
    X(DOMAIN_SID, "DomainSid")                                                                     \
    X(TDO_DIRECTION, "TdoDirection")                                                               \
    X(KERBEROS_POLICY_CHANGE, "KerberosPolicyChange")                                              \
    X(MIN_PASSWORD_AGE, "MinPasswordAge")                                                          \
    X(MAX_PASSWORD_AGE, "MaxPasswordAge")                                                          \
    X(FORCE_LOGOFF, "ForceLogoff")                                                                 \
    X(LOCKOUT_THRESHOLD, "LockoutThreshold")                                                       \
    X(LOCKOUT_OBSERVATION_WINDOW, "LockoutObservationWindow")                                      \
    X(LOCKOUT_DURATION, "LockoutDuration")                                                         \
    X(PASSWORD_PROPERTIES, "PasswordProperties")                                                   \
    X(MIN_PASSWORD_LENGTH, "MinPasswordLength")                                                    \
    X(PASSWORD_HISTORY_LENGTH, "PasswordHistoryLength")                                            \
    X(MACHINE_ACCOUNT_QUOTA, "MachineAccountQuota")                                                \
    X(DOMAIN_BEHAVIOR_VERSION, "DomainBehaviorVersion")                                            \
    X(SOURCE_USER_NAME, "SourceUserName")                                                          \
    X(OBJECT_VALUE_NAME, "ObjectValueName")                                                        \
    X(NEW_VALUE, "NewValue")                                                                       \
    X(RULE_NAME, "RuleName")                                                                       \
    X(RULE_ID, "RuleId")                                                                           \
    X(SETTING_TYPE, "SettingType")                                                                 \
    X(SETTING_VALUE, "SettingValue")                                                               \
    X(PREVIOUS_TIME, "PreviousTime")                                                               \
    X(NEW_TIME, "NewTime")                                                                         \
    X(DEVICE_DESCRIPTION, "DeviceDescription")                                                     \
    X(DEVICE_ID, "DeviceId")                                                                       \
    X(OLD_REMARK, "OldRemark")                                                                     \
    X(NEW_REMARK, "NewRemark")                                                                     \
    X(OLD_MAX_USERS, "OldMaxUsers")                                                                \
    X(NEW_MAX_USERS, "NewMaxUsers")                                                                \
    X(OLD_SHARE_FLAGS, "OldShareFlags")                                                            \
    X(NEW_SHARE_FLAGS, "NewShareFlags")                                                            \
    X(OLD_SHARE_SD, "OldSD")                                                                       \
    X(NEW_SHARE_SD, "NewSD")                                                                       \
    X(PARAM1, "Param1")                                                                            \
    X(PARAM2, "Param2")                                                                            \
    X(PARAM3, "Param3")                                                                            \
    X(PARAM4, "Param4")                                                                            \
    X(PARAM5, "Param5")                                                                            \
    X(PARAM8, "Param8")                                                                            \
    X(PAYLOAD, "Payload")                                                                          \
    X(ADDRESS, "Address")                                                                          \
    X(SEVERITY, "severity")                                                                        \
    X(HOST, "host")                                                                                \
    X(HOSTNAME, "hostname")                                                                        \
    X(TAG, "tag")                                                                                  \
    X(PID, "pid")                                                                                  \
    X(MSGID, "msgid")                                                                              \
    X(MESSAGE, "message")                                                                          \
    X(MSG, "msg")

typedef enum Known {
#define KNOWN_ENUM(name, text) KNOWN_##name,
    KNOWN_FIELDS(KNOWN_ENUM)
#undef KNOWN_ENUM
        KNOWN_COUNT
} Known;

#define KNOWN_SLOTS 512 /* power of two, several times KNOWN_COUNT */

/* From name to Known. Made once by a translator, then read-only. */
typedef struct KnownIndex {
    uint8_t slots[KNOWN_SLOTS]; /* Known + 1; 0: empty */
} KnownIndex;

void known_index_make(KnownIndex *index);
/* The first value of each known name; the others are empty. `values` has KNOWN_COUNT places. */
void known_read(const KnownIndex *index, const Event *event, Slice *values);

#endif
