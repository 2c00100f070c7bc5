/* What people and machines of the factory do, each act with all the lines that it leaves in all
 * logs, and a label where a person meant it. All start at sim->at_ns and leave it where they end.
 */
#ifndef AKASHI_SIMULATE_ACTS_H
#define AKASHI_SIMULATE_ACTS_H

#include "simulate/simulate_inside.h"

/* --- act_logon.c: PCs and the domain controller --- */
void act_address(Sim *sim, Person *person); /* DHCP: the PC gets its address */
void act_log_on(Sim *sim, Person *person);  /* at the PC */
void act_log_off(Sim *sim, Person *person);
void act_wrong_password(Sim *sim, const Person *person, bool locks_out);
/* Tickets and a short session on the domain controller, as policies are read. */
void act_read_policy(Sim *sim, const Person *person);
void act_ticket(Sim *sim, const Person *person, const char *service);
/* One failed network logon on the domain controller, from an address. */
void act_network_failure(Sim *sim, const Person *person, Slice from_ip, Slice from_name);
/* A successful one on the file server or the domain controller. */
void act_network_logon(Sim *sim, const Person *person, bool on_dc, Slice from_ip, Slice from_name);

/* A session behind other work: 4624 and 4634 of type 3, on the domain controller or the file
 * server. No action of its own. */
uint64_t network_session_begin(Sim *sim, const Person *person, bool on_dc);
void network_session_end(Sim *sim, const Person *person, bool on_dc, uint64_t logon_id);
/* At person's PC another account is used for a server: 4648. */
void act_use_credentials(Sim *sim, const Person *person, const Person *other, const char *server);

/* --- act_program.c --- */
/* 4688 on the PC; its process number. parent: full path. */
unsigned program_start(Sim *sim, const Person *person, const char *image, const char *command,
                       const char *parent, unsigned parent_pid);
void program_end(Sim *sim, const Person *person, const char *image, unsigned pid);
void act_run_program(Sim *sim, Person *person, const char *image, const char *command);
void act_connect_device(Sim *sim, const Person *person, size_t device);
/* Defender: 1116, and 1117 when it could act. */
void act_malware_found(Sim *sim, const Person *person, const char *threat, Slice path, bool cured);
/* 7045 in the System log of a server. */
void act_install_service(Sim *sim, bool on_dc, const char *name, const char *path);

/* --- act_share.c: the Windows file server --- */
typedef struct SharePath {
    Slice share;   /* its name */
    Text relative; /* inside the share, with backslashes */
    Text full;     /* on the server's disk */
} SharePath;
SharePath share_path(const Sim *sim, const Document *document);
SharePath share_folder(const Sim *sim, const Document *document);
void act_share_session(Sim *sim, Person *person);
void act_share_session_end(Sim *sim, Person *person);
void act_share_browse(Sim *sim, Person *person, const Document *document, bool preview);
void act_share_read(Sim *sim, Person *person, const Document *document);
/* A read by a program that takes file after file: no person holds it open. */
void act_share_take(Sim *sim, Person *person, const Document *document);
void act_share_execute(Sim *sim, Person *person, const Document *document);
void act_share_save(Sim *sim, Person *person, const Document *document);
void act_share_create(Sim *sim, Person *person, const Document *document);
void act_share_copy(Sim *sim, Person *person, const Document *document);
void act_share_rename(Sim *sim, Person *person, const Document *document, const char *suffix);
void act_share_move(Sim *sim, Person *person, const Document *document);
void act_share_delete(Sim *sim, Person *person, const Document *document);
void act_share_make_folder(Sim *sim, Person *person, const Document *document);
void act_share_denied(Sim *sim, Person *person, const Document *document);
void act_share_change_rights(Sim *sim, Person *person, const Document *document);
/* Encryption as ransomware does it: rewritten in place, then renamed with its own ending. */
void act_share_encrypt(Sim *sim, Person *person, const Document *document);
/* The indexer of the server reads on its own: nobody's action. */
void act_share_indexer(Sim *sim, const Document *document);

/* --- act_nas.c: the Samba NAS --- */
void act_nas_session_end(Sim *sim, Person *person);
void act_nas_browse(Sim *sim, Person *person, const Document *document);
void act_nas_read(Sim *sim, Person *person, const Document *document);
void act_nas_save(Sim *sim, Person *person, const Document *document);
void act_nas_create(Sim *sim, Person *person, const Document *document);
void act_nas_copy(Sim *sim, Person *person, const Document *document);
void act_nas_rename(Sim *sim, Person *person, const Document *document);
void act_nas_delete(Sim *sim, Person *person, const Document *document);
void act_nas_denied(Sim *sim, Person *person, const Document *document);

/* --- act_web.c: resolver, proxy, firewall --- */
void act_visit(Sim *sim, const Person *person, Slice host);
/* A page whose category is not allowed. */
void act_visit_blocked(Sim *sim, const Person *person, Slice host);
void act_upload(Sim *sim, const Person *person, Slice host, uint64_t bytes);
void act_download(Sim *sim, const Person *person, Slice host, Slice name, uint64_t bytes);
void dns_query(Sim *sim, Slice client_ip, Slice name, const char *type);
/* The reserved address that a name of sites.tsv has. */
void site_address(char to[16], Slice host);
/* The PC asks a controller of malware for orders; the firewall knows the address. */
void act_call_home(Sim *sim, const Person *person, Slice controller, const char *botnet);

/* --- act_mail.c --- */
void act_send_mail(Sim *sim, const Person *person, Slice to, unsigned bytes);
void act_receive_mail(Sim *sim, const Person *person, Slice from, Slice client, unsigned bytes);

/* --- gear_fortigate.c --- */
typedef struct Flow {
    Slice source_ip, destination_ip;
    unsigned source_port, destination_port;
    bool is_udp, refused;
    bool outward;   /* from inside out; else from outside in */
    bool is_inside; /* between the PCs' and the servers' networks */
    const char *source_country, *destination_country;
    uint64_t sent_bytes, received_bytes, seconds;
} Flow;
void fortigate_flow(Sim *sim, const Flow *flow);
void fortigate_web(Sim *sim, Slice ip, Slice host, const char *category, bool blocked);
void fortigate_virus(Sim *sim, Slice ip, Slice host, const char *file, const char *virus);
void fortigate_ips(Sim *sim, const Flow *flow, const char *attack, const char *severity);
void fortigate_botnet(Sim *sim, Slice ip, Slice destination, const char *name);
void fortigate_application(Sim *sim, Slice ip, const char *name);
void fortigate_spam(Sim *sim, Slice from_ip, const char *sender);
void fortigate_vpn_up(Sim *sim, Slice user, Slice from, const char *country, Slice tunnel_ip);
void fortigate_vpn_down(Sim *sim, Slice user, Slice from, Slice tunnel_ip, uint64_t seconds);
void fortigate_vpn_failure(Sim *sim, Slice user, Slice from, const char *country);
void fortigate_admin(Sim *sim, Slice user, Slice from, bool accepted);
void fortigate_change(Sim *sim, Slice user, Slice from, const char *path, const char *object,
                      const char *change);

/* --- gear_yamaha.c --- */
void yamaha_pass(Sim *sim, Slice source_ip, Slice destination_ip);
void yamaha_reject(Sim *sim, Slice source_ip, unsigned port);
void yamaha_vpn_up(Sim *sim, Slice user, Slice from, Slice tunnel_ip);
void yamaha_vpn_down(Sim *sim, Slice from);
void yamaha_admin(Sim *sim, const Person *person);

/* --- act_vpn.c, act_admin.c --- */
void act_vpn_up(Sim *sim, Person *person);
void act_vpn_work(Sim *sim, const Person *person);
void act_vpn_down(Sim *sim, Person *person, uint64_t started_ns);
void act_vpn_failure(Sim *sim, const Person *person, Slice from, const char *country);
void act_vpn_from(Sim *sim, const Person *person, Slice from, const char *country);
void act_ssh_sudo(Sim *sim, const Person *person, const char *command);
void act_ssh_failure(Sim *sim, const char *user, Slice from);
void act_create_user(Sim *sim, const Person *person, const char *account);
void act_delete_user(Sim *sim, const Person *person, const char *account);
void act_reset_password(Sim *sim, const Person *person, const Person *target);
void act_add_member(Sim *sim, const Person *person, const Person *target, const char *group,
                    unsigned group_rid);
void act_clear_log(Sim *sim, const Person *person, bool on_dc);
void act_stop_audit(Sim *sim, const Person *person, bool on_dc);
void act_change_firewall(Sim *sim, const Person *person);

/* --- act_cloud.c, act_side.c: from a chance of their own --- */
#define COMPANY_IP "203.0.113.2"
typedef enum SideHabit {
    SIDE_CLOUD,    /* somebody works in Microsoft 365 */
    SIDE_DATABASE, /* the production system asks its database */
    SIDE_SITES,    /* the second plant and the head office */
    SIDE_DOOR,     /* what the UTM stops */
    SIDE_NIGHT,    /* the jobs of the night */
    SIDE_COUNT
} SideHabit;
/* How long until the next time. */
int64_t act_side(Sim *sim, SideHabit habit);
void act_cloud(Sim *sim, Person *person);

/* --- routine.c --- */
/* The same kind of document with a number that was never seen and never comes again: what is
 * created was not there, what is deleted or renamed is gone. */
Document document_fresh(Sim *sim, Document document);
void routine_begin(Sim *sim);
void routine_do(Sim *sim, const Task *task);

#endif
